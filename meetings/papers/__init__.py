"""What is printed for the meetings: signs and cards for the tables, and everybody's schedule."""
