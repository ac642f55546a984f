"""Published findings measured with our own engine, a script a page of docs/reproduce."""
