output "repositories" {
  description = "Per component: the repository's name, ARN and address, to which @sha256:… is appended."
  value = {
    for component, repository in aws_ecr_repository.this : component => {
      name = repository.name
      arn  = repository.arn
      url  = repository.repository_url
    }
  }
}
