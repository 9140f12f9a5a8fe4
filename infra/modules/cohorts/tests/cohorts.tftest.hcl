variables {
  environment = "test"
  service     = "api"
  listen_port = 18080
}

run "replicas_have_names_and_addresses_of_their_own" {
  command = apply

  variables {
    replicas       = 2
    container_port = 9000
  }

  assert {
    condition = output.cohorts["blue"].replicas == [
      { name = "test-api-blue-0", address = "test-api-blue-0:9000" },
      { name = "test-api-blue-1", address = "test-api-blue-1:9000" },
    ]
    error_message = "blue: ${jsonencode(output.cohorts["blue"].replicas)}"
  }
}

run "weights_are_not_moved_back" {
  command = apply

  variables {
    initial_weights = { blue = 50, green = 50 }
  }

  assert {
    condition     = output.initial_weights == { blue = 100, green = 0 }
    error_message = "weights: ${jsonencode(output.initial_weights)}"
  }
}

run "weights_that_do_not_add_up" {
  command = plan

  variables {
    initial_weights = { blue = 60, green = 50 }
  }

  expect_failures = [var.initial_weights]
}

run "half_a_percent" {
  command = plan

  variables {
    initial_weights = { blue = 99.5, green = 0.5 }
  }

  expect_failures = [var.initial_weights]
}

run "negative_weight" {
  command = plan

  variables {
    initial_weights = { blue = 110, green = -10 }
  }

  expect_failures = [var.initial_weights]
}

run "names_that_no_container_can_have" {
  command = plan

  variables {
    environment = "Test"
    service     = "api_1"
  }

  expect_failures = [var.environment, var.service]
}

run "ports_that_cannot_be" {
  command = plan

  variables {
    listen_port    = 80
    container_port = 70000
  }

  expect_failures = [var.listen_port, var.container_port]
}

run "no_replica_and_no_path" {
  command = plan

  variables {
    replicas    = 0
    health_path = "readyz"
  }

  expect_failures = [var.replicas, var.health_path]
}
