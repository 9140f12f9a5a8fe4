mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  name = "kitchen-test-api"
  network = {
    vpc_id             = "vpc-1"
    cidr               = "10.20.0.0/16"
    public_subnet_ids  = { eu-central-1a = "subnet-1", eu-central-1b = "subnet-2" }
    private_subnet_ids = { eu-central-1a = "subnet-3", eu-central-1b = "subnet-4" }
  }
  cluster_arn         = "arn:aws:ecs:eu-central-1:111122223333:cluster/kitchen-test"
  repository          = { arn = "arn:aws:ecr:eu-central-1:111122223333:repository/kitchen/api", url = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/kitchen/api" }
  container           = "api"
  health_command      = ["python", "-m", "kitchen_api.healthcheck"]
  cpu                 = 512
  memory              = 1024
  environment         = { PGSSLMODE = "require" }
  secrets             = { PGPASSWORD = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:test" }
  certificate_arn     = "arn:aws:acm:eu-central-1:111122223333:certificate/test"
  client_cidrs        = ["0.0.0.0/0"]
  alarm_topic_arn     = "arn:aws:sns:eu-central-1:111122223333:alarms"
  log_bucket          = "kitchen-test-logs"
  log_retention_days  = 365
  kms_key_arn         = "arn:aws:kms:eu-central-1:111122223333:key/test"
  deletion_protection = false
}

run "nothing_runs_before_the_first_release" {
  command = apply

  assert {
    condition     = [for service in aws_ecs_service.cohort : service.desired_count] == [0, 0]
    error_message = "desired: ${jsonencode([for service in aws_ecs_service.cohort : service.desired_count])}"
  }

  assert {
    condition = {
      for group in aws_lb_listener.https.default_action[0].forward[0].target_group : group.weight => group.arn...
    } == { 100 = [aws_lb_target_group.cohort["blue"].arn], 0 = [aws_lb_target_group.cohort["green"].arn] }
    error_message = "weights: ${jsonencode(aws_lb_listener.https.default_action)}"
  }

  assert {
    condition     = toset([for rule in aws_lb_listener_rule.cohort : one(one(rule.condition).http_header).values]) == toset([toset(["blue"]), toset(["green"])])
    error_message = "rules: ${jsonencode([for rule in aws_lb_listener_rule.cohort : rule.condition])}"
  }
}

run "a_plan_does_not_move_weights_back" {
  command = apply

  variables {
    initial_weights = { blue = 0, green = 100 }
  }

  assert {
    condition = {
      for group in aws_lb_listener.https.default_action[0].forward[0].target_group : group.weight => group.arn...
    } == { 100 = [aws_lb_target_group.cohort["blue"].arn], 0 = [aws_lb_target_group.cohort["green"].arn] }
    error_message = "weights: ${jsonencode(aws_lb_listener.https.default_action)}"
  }
}

run "the_password_is_a_reference" {
  command = apply

  assert {
    condition = jsondecode(aws_ecs_task_definition.template.container_definitions)[0].secrets == [
      { name = "PGPASSWORD", valueFrom = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:test" },
    ]
    error_message = "secrets: ${aws_ecs_task_definition.template.container_definitions}"
  }

  assert {
    condition = jsondecode(aws_ecs_task_definition.template.container_definitions)[0].environment == [
      { name = "PGSSLMODE", value = "require" },
    ]
    error_message = "environment: ${aws_ecs_task_definition.template.container_definitions}"
  }
}

run "each_cohort_has_alarms_of_its_own" {
  command = apply

  assert {
    condition = output.deployment.cohorts["green"].alarms == [
      "kitchen-test-api-green-errors",
      "kitchen-test-api-green-latency",
      "kitchen-test-api-green-unhealthy",
    ]
    error_message = "alarms: ${jsonencode(output.deployment.cohorts)}"
  }
}

run "a_name_that_no_target_group_can_have" {
  command = plan

  variables {
    name = "kitchen-production-something"
  }

  expect_failures = [var.name]
}

run "weights_that_do_not_add_up" {
  command = plan

  variables {
    initial_weights = { blue = 60, green = 50 }
  }

  expect_failures = [var.initial_weights]
}
