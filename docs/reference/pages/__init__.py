"""One module for each reference page; see `make`. Never: a page says what the code does not."""
