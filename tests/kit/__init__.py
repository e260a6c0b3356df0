"""Tools that tests share: waiting for conditions, processes, histories."""
