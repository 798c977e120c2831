"""prehab tells a runner which strength work is safe and useful now, why, and what would unlock the next step."""
