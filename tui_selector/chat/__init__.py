"""From questions about photos to answers: conversations, who answers them, what answers propose."""
