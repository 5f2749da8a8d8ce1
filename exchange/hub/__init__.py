"""The hub: one service, many agencies; it carries sealed envelopes and can open none of them."""
