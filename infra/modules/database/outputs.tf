output "location" {
  description = "user@host:port/database, the part of a database's address that names no driver and no password."
  value       = "${var.username}@${aws_db_instance.this.address}:${local.port}/${var.database}"
}

output "environment" {
  description = "Variables of the environment for the client, as libpq reads them: encrypted, or refused."
  value       = { PGSSLMODE = "require" }
}

output "secrets" {
  description = "ARN of the secret per variable of the environment: the password, by reference."
  value       = { PGPASSWORD = module.password.arn }
}

output "alarm_arns" {
  description = "ARN per alarm."
  value       = { for name, alarm in aws_cloudwatch_metric_alarm.this : name => alarm.arn }
}
