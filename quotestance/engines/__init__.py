"""Scoring on engines for data of any size: Ray Data, Spark, Dask and datasets, or many machines with Ray."""
