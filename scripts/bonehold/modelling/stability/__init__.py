"""Whether a study is large enough for its model, how much the model would change with other patients, and its rivals."""
