"""Where each setting comes from: option, environment, mounted secret, service binding, settings file, default."""
