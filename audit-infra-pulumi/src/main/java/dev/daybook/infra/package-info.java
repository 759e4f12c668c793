/** The cloud pipeline: Aurora, DMS, MSK, MSK Connect and ECS, as one Pulumi program. */
@NullMarked
package dev.daybook.infra;

import org.jspecify.annotations.NullMarked;
