output "execution_role_arn" {
  description = "ARN of the role by which ECS starts the task."
  value       = aws_iam_role.execution.arn
}

output "task_role" {
  description = "ARN and name of the role that the code in the containers has."
  value = {
    arn  = aws_iam_role.task.arn
    name = aws_iam_role.task.name
  }
}

output "log_group" {
  description = "Name of the log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "security_group_id" {
  description = "Id of the tasks' security group."
  value       = aws_security_group.this.id
}
