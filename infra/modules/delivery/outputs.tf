output "role_arns" {
  description = "ARN per role: deploy, and publish where this environment owns the registry."
  value       = { for name, role in aws_iam_role.this : name => role.arn }
}
