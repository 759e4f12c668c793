package dev.daybook.api.jdbc;

import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

import java.util.UUID;

/** A row of {@code audit.api_key}, without what nobody needs to read. */
@Table(schema = "audit", name = "api_key")
record ApiKeyRow(@Id UUID id, String name) {}
