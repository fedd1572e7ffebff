"""Whether a study is large enough for its model, how the model would change in other patients, and its rivals."""
