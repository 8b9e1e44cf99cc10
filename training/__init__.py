"""How the shipped models are trained, released and compared, and the labels behind them."""
