"""What a share says, where it stands, and whether it was understood: pure rules, no input or output."""
