"""To whom a ripe lead goes, by when, and what is said of it: the routing policy, its working hours, its choice."""
