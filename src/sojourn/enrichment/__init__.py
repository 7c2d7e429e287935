"""What public knowledge, kept offline, tells of a request: who is a bot, later which device and which country."""
