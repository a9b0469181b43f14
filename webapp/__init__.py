"""The site: models, services that change state, selectors that read, forms, views, admin. Never torch."""
