mock_provider "aws" {}

variables {
  name               = "kitchen-test"
  cidr               = "10.20.0.0/16"
  availability_zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
  nat_per_zone       = true
  kms_key_arn        = "arn:aws:kms:eu-central-1:111122223333:key/test"
  log_retention_days = 365
}

run "subnets_share_no_address" {
  command = plan

  assert {
    condition = { for zone, subnet in aws_subnet.private : zone => subnet.cidr_block } == {
      eu-central-1a = "10.20.0.0/20"
      eu-central-1b = "10.20.16.0/20"
      eu-central-1c = "10.20.32.0/20"
    }
    error_message = "private: ${jsonencode([for subnet in aws_subnet.private : subnet.cidr_block])}"
  }

  assert {
    condition = { for zone, subnet in aws_subnet.public : zone => subnet.cidr_block } == {
      eu-central-1a = "10.20.240.0/24"
      eu-central-1b = "10.20.241.0/24"
      eu-central-1c = "10.20.242.0/24"
    }
    error_message = "public: ${jsonencode([for subnet in aws_subnet.public : subnet.cidr_block])}"
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 3
    error_message = "gateways: ${jsonencode(keys(aws_nat_gateway.this))}"
  }
}

run "a_zone_more_keeps_the_subnets_that_are_there" {
  command = plan

  variables {
    availability_zones = ["eu-central-1a", "eu-central-1b"]
  }

  assert {
    condition = { for zone, subnet in aws_subnet.private : zone => subnet.cidr_block } == {
      eu-central-1a = "10.20.0.0/20"
      eu-central-1b = "10.20.16.0/20"
    }
    error_message = "private: ${jsonencode([for subnet in aws_subnet.private : subnet.cidr_block])}"
  }
}

run "one_gateway_serves_every_zone" {
  command = apply

  variables {
    nat_per_zone = false
  }

  assert {
    condition     = keys(aws_nat_gateway.this) == ["eu-central-1a"]
    error_message = "gateways: ${jsonencode(keys(aws_nat_gateway.this))}"
  }

  assert {
    condition     = alltrue([for route in aws_route.nat : route.nat_gateway_id == aws_nat_gateway.this["eu-central-1a"].id])
    error_message = "routes: ${jsonencode([for route in aws_route.nat : route.nat_gateway_id])}"
  }
}

run "a_network_that_is_none" {
  command = plan

  variables {
    cidr = "10.20.0.0"
  }

  expect_failures = [var.cidr]
}

run "a_network_that_is_too_small" {
  command = plan

  variables {
    cidr = "10.20.0.0/24"
  }

  expect_failures = [var.cidr]
}

run "one_zone_twice" {
  command = plan

  variables {
    availability_zones = ["eu-central-1a", "eu-central-1a"]
  }

  expect_failures = [var.availability_zones]
}
