"""What is counted and timed, and how a log line says it. The application and the Lambda share it: no dependencies."""
