// Shows the service's own OpenAPI document; validatorUrl null keeps the page off the network.
window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "list",
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
});
