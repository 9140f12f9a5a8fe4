run "defaults" {
  command = apply

  assert {
    condition     = output.network.name == "local-kitchen" && output.network.gateway == "172.30.40.1"
    error_message = "network: ${jsonencode(output.network)}"
  }

  assert {
    condition     = output.services["api"].splitter.listen == "127.0.0.1:18080"
    error_message = "splitter: ${jsonencode(output.services["api"].splitter)}"
  }

  assert {
    condition = output.services["api"].cohorts["green"] == {
      backend  = "local-api-green"
      replicas = [{ name = "local-api-green-0", address = "local-api-green-0:8000" }]
    }
    error_message = "green: ${jsonencode(output.services["api"].cohorts["green"])}"
  }

  assert {
    condition     = output.services["api"].initial_weights == { blue = 100, green = 0 }
    error_message = "weights: ${jsonencode(output.services["api"].initial_weights)}"
  }
}

run "another_name_shares_nothing_with_the_first" {
  command = plan

  variables {
    environment = "review-7"
    services    = { api = { listen_port = 18081, replicas = 2 } }
  }

  assert {
    condition     = terraform_data.network.input.name == "review-7-kitchen"
    error_message = "network: ${terraform_data.network.input.name}"
  }

  assert {
    condition     = startswith(terraform_data.database.input.volume, "review-7-")
    error_message = "volume: ${terraform_data.database.input.volume}"
  }
}

run "a_subnet_that_is_none" {
  command = plan

  variables {
    subnet = "172.30.40.0"
  }

  expect_failures = [var.subnet]
}

run "a_subnet_that_is_too_small" {
  command = plan

  variables {
    subnet   = "172.30.40.0/29"
    services = { api = { listen_port = 18080, replicas = 3 } }
  }

  expect_failures = [terraform_data.network]
}

run "two_services_on_one_port" {
  command = plan

  variables {
    services = {
      api     = { listen_port = 18080 }
      airflow = { listen_port = 18080 }
    }
  }

  expect_failures = [var.services]
}

run "no_service" {
  command = plan

  variables {
    services = {}
  }

  expect_failures = [var.services]
}
