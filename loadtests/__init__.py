"""Load on whole servers: what this machine carries, and whether nothing is lost meanwhile."""
