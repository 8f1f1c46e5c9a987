"""The command line: a file or folder per noun. Commands import what they need as they run, so that help is instant."""
