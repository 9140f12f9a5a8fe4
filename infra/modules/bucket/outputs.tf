output "name" {
  description = "Name of the bucket, known when its policy stands: log delivery is tried by whoever uses it."
  value       = aws_s3_bucket_policy.this.bucket
}

output "arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}
