output "deployment" {
  description = "What a deployment needs: the listener whose weights it moves, the template it registers releases from, and each cohort's ECS service and target group."
  value = {
    listener_arn           = aws_lb_listener.https.arn
    load_balancer          = aws_lb.this.arn_suffix
    cohort_header          = var.cohort_header
    container              = var.container
    task_definition_family = var.name
    template_arn           = aws_ecs_task_definition.template.arn
    cohorts = {
      for colour in local.colours : colour => {
        service          = var.shifting ? aws_ecs_service.shifting[0].name : aws_ecs_service.cohort[colour].name
        target_group_arn = aws_lb_target_group.cohort[colour].arn
        target_group     = aws_lb_target_group.cohort[colour].arn_suffix
        initial_weight   = var.initial_weights[colour]
        alarms = [
          for alarm in [
            aws_cloudwatch_metric_alarm.errors[colour],
            aws_cloudwatch_metric_alarm.latency[colour],
            aws_cloudwatch_metric_alarm.unhealthy[colour],
          ] : alarm.alarm_name
        ]
      }
    }
  }
}

output "address" {
  description = "DNS name and zone of the load balancer, for an alias record."
  value = {
    dns_name = aws_lb.this.dns_name
    zone_id  = aws_lb.this.zone_id
  }
}

output "load_balancer" {
  description = "For another service behind the same load balancer: its HTTPS listener and its security group."
  value = {
    listener_arn      = aws_lb_listener.https.arn
    security_group_id = aws_security_group.load_balancer.id
  }
}

output "arns" {
  description = "For policies: the cohorts' ECS services and the roles that a task definition passes."
  value = {
    services = [for service in concat(values(aws_ecs_service.cohort), aws_ecs_service.shifting) : service.id]
    roles    = [module.task.execution_role_arn, module.task.task_role.arn]
  }
}

output "task_role_arn" {
  description = "ARN of the role that the code in the containers has."
  value       = module.task.task_role.arn
}

output "security_group_id" {
  description = "Id of the tasks' security group."
  value       = module.task.security_group_id
}
