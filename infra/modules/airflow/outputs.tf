output "deployment" {
  description = "What a deployment needs: the ECS service, the template it registers releases from, and the containers whose image it sets."
  value = {
    service                = aws_ecs_service.this.name
    task_definition_family = var.name
    template_arn           = aws_ecs_task_definition.template.arn
    containers             = concat(["prepare"], keys(local.components))
    url                    = length(var.client_cidrs) > 0 ? "https://${var.host}" : null
    user                   = local.user
    password_arn           = module.password.arn
    alarms                 = [aws_cloudwatch_metric_alarm.stopped.alarm_name]
  }
}

output "arns" {
  description = "For policies: the ECS service, and the roles that a task definition passes."
  value = {
    services = [aws_ecs_service.this.id]
    roles    = [module.task.execution_role_arn, module.task.task_role.arn]
  }
}

output "task_role_arn" {
  description = "ARN of the role that the code in the containers has."
  value       = module.task.task_role.arn
}

output "security_group_id" {
  description = "Id of the task's security group."
  value       = module.task.security_group_id
}
