"""What is asked of SAM's database: one file per question."""
