"""Where each setting comes from: an option, the environment, a mounted secret, a service binding, the file, a default."""
