"""What was played and asked for, kept in the store and summed in memory."""
