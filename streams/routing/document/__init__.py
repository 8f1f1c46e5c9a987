"""The routing policy's language: a reviewed YAML document in, its compiled meaning or every fault in it out."""
