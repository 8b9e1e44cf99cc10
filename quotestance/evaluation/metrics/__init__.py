"""What is counted of a system's answers, and the figures and intervals that follow."""
