"""The command line: a module for each command or group of commands; main puts them together."""
