"""Examples beside a model: given these touches and facts, expect this score. Read and run without a broker."""
