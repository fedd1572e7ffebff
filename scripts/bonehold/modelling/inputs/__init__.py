"""What an analysis starts from: the table of patients, the question asked of it, and what is wrong with either."""
