package dev.daybook.api.jdbc;

import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

import java.util.UUID;

/** An API key, without its hash, which only statements see. */
@Table(schema = "audit", name = "api_key")
record ApiKey(@Id UUID id, String name) {}
