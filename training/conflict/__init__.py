"""An open corpus of conflict news read whole: quotes, who said them, for whom, and their stance toward escalation."""
