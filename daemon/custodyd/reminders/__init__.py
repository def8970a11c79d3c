"""What is due and who is told: clocks with five colours, rounds that hold no state, an outbox that loses nothing."""
