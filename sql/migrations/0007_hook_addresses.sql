-- 0007_hook_addresses: claims with parameters, and repeats of failed runs.
--
-- hooks.path of a claim with parameters is its shape, "orders/:" (lib/hook/address.h): the unique address then holds for it too, whatever
-- its parameters are called.  deliveries.route has the names, "orders/:id"; '' where the path is the claim itself.
-- delivery_keys.repeats_run_id is the failed run whose key a repeat has taken over, so that Redis gives it up as well.
-- The release before sets none of them.

CREATE INDEX hooks_with_parameters ON tyboo.hooks (workspace_id) WHERE strpos(path, ':') > 0;	-- tyboo.claim_hook

ALTER TABLE tyboo.deliveries ADD COLUMN route text NOT NULL DEFAULT '' CONSTRAINT deliveries_route_length CHECK (length(route) <= 512);

ALTER TABLE tyboo.delivery_keys ADD COLUMN repeats_run_id uuid;
