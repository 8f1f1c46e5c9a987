"""Who is it: messages admitted, identities normalised and hidden, personal data removed from what reaches the log."""
