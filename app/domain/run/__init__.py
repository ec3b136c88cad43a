"""One execution of a playbook: where it stands, and what may happen to it next."""
