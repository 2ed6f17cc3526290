"""What the bastion knows of the ledger: the state of its parts in every region."""
