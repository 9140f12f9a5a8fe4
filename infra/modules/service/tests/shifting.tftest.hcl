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
  shifting            = true
}

run "one_service_with_both_target_groups" {
  command = apply

  assert {
    condition     = [length(aws_ecs_service.cohort), aws_ecs_service.shifting[0].desired_count] == [0, 0]
    error_message = "services: ${jsonencode(keys(aws_ecs_service.cohort))}"
  }

  assert {
    condition = one(one(aws_ecs_service.shifting[0].load_balancer).advanced_configuration) == {
      alternate_target_group_arn = aws_lb_target_group.cohort["green"].arn
      production_listener_rule   = aws_lb_listener_rule.everything[0].arn
      role_arn                   = aws_iam_role.shifting[0].arn
      test_listener_rule         = null
    }
    error_message = "load balancer: ${jsonencode(aws_ecs_service.shifting[0].load_balancer)}"
  }

  assert {
    condition     = output.deployment.cohorts["green"].service == "kitchen-test-api"
    error_message = "cohorts: ${jsonencode(output.deployment.cohorts)}"
  }
}

run "requests_are_shared_by_a_rule_that_a_plan_does_not_move_back" {
  command = apply

  variables {
    initial_weights = { blue = 0, green = 100 }
  }

  assert {
    condition     = aws_lb_listener.https.default_action[0].type == "fixed-response"
    error_message = "default action: ${jsonencode(aws_lb_listener.https.default_action)}"
  }

  assert {
    condition = {
      for group in aws_lb_listener_rule.everything[0].action[0].forward[0].target_group : group.weight => group.arn...
    } == { 100 = [aws_lb_target_group.cohort["blue"].arn], 0 = [aws_lb_target_group.cohort["green"].arn] }
    error_message = "weights: ${jsonencode(aws_lb_listener_rule.everything[0].action)}"
  }
}

run "only_ecs_has_the_role_that_moves_weights" {
  command = apply

  assert {
    condition     = aws_iam_role_policy_attachment.shifting[0].policy_arn == "arn:${data.aws_partition.current.partition}:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"
    error_message = "policy: ${aws_iam_role_policy_attachment.shifting[0].policy_arn}"
  }

  assert {
    condition     = one(data.aws_iam_policy_document.shifting.statement[0].principals).identifiers == toset(["ecs.amazonaws.com"])
    error_message = "trust: ${jsonencode(data.aws_iam_policy_document.shifting.statement)}"
  }
}
