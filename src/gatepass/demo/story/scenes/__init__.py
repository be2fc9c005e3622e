"""The scenes: a file for each chapter. They are data; what they are made of stands beside this folder."""
