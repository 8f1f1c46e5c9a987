"""What became of leads: from touch to handoff, to somebody, to the first contact, to money; counted from the topics."""
