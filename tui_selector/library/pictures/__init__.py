"""What is inside the files: decoding, metadata, thumbnails."""
